import type { DatabaseTarget, Engine, Engines } from '../ports/database.ts';
import type { OpenDrillPlace } from '../ports/drill.ts';
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
    copyRaw: async (target, copy) => (await engineOf(target)).copyRaw(target, copy),
    describeChecks: async (provider) => (await engines[provider]()).describeCheck,
    openScratch: async (provider) => (await import('./sqlite/scratch.ts')).openScratch(provider),
  };
}

const drillPlaces: Readonly<Record<Provider, () => Promise<OpenDrillPlace>>> = {
  sqlite: async () => (await import('./sqlite/drill.ts')).openDrillPlace,
  postgresql: async () => (await import('./postgres/drill.ts')).openDrillPlace,
  mysql: async () => (await import('./mysql/drill.ts')).openDrillPlace,
};

export const openDrillPlace: OpenDrillPlace = async (target, options) =>
  (await drillPlaces[target.provider]())(target, options);
