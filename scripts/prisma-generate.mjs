/** Generates the Prisma Clients of this checkout, each only when its schema or Prisma changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, root, run, runScript, say } from './process.mjs';

/** Each has a config, a schema, and the folder that its generator writes. */
const clients = [
  {
    config: 'prisma/prisma.config.ts',
    schema: 'prisma/schema.prisma',
    output: 'src/history/generated',
  },
  {
    config: 'prisma/demo/prisma.config.ts',
    schema: 'prisma/demo/schema.prisma',
    output: 'prisma/demo/generated',
  },
];

export function generateClients() {
  for (const client of clients) generateIfChanged(client);
}

function generateIfChanged({ config, schema, output }) {
  const stamp = join(root, output, '.generated-from');
  const source = digestOf([schema, config, 'node_modules/prisma/package.json']);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === source) return;
  say(`Generating the Prisma Client of ${schema} …`);
  run(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), 'generate', '--config', config], {
    stdio: 'pipe',
    env: generatorEnvironment(),
  });
  writeFileSync(stamp, source);
}

/**
 * `prisma generate` looks for a schema engine that it then does not use, and would download it. Any existing file
 * satisfies it. Set for this one command only: with it, `migrate deploy` and `db push` do nothing and report success.
 */
function generatorEnvironment() {
  return {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: join(root, 'package.json'),
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  };
}

function digestOf(files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

if (isMain(import.meta.url)) await runScript(generateClients);
