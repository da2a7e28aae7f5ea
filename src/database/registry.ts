import type { DatabaseTarget, Engine, Engines } from '../ports.ts';
import type { Provider } from '../snapshot/table.ts';

/** Every kind of database, loaded when a target asks for it: a driver takes longer to load than a small backup. */
const engines: Readonly<Record<Provider, () => Promise<Engine>>> = {
  sqlite: async () => (await import('./sqlite/engine.ts')).sqliteEngine,
  postgresql: async () => (await import('./postgres/engine.ts')).postgresEngine,
  mysql: async () => (await import('./mysql/engine.ts')).mysqlEngine,
};

export function openEngines(): Engines {
  const engineOf = (target: DatabaseTarget): Promise<Engine> => engines[target.provider]();
  return {
    open: async (target, options) => (await engineOf(target)).open(target, options),
    identify: async (target) => (await engineOf(target)).identify(target),
    copyRaw: async (target, folder, baseName) => (await engineOf(target)).copyRaw(target, folder, baseName),
  };
}
