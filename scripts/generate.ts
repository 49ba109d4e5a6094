import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { modelSchema, pointerSchema, profilesSchema } from '../shared/clustering/model.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(ROOT, '.generated', 'validators');

/** Every schema that is checked at run time, by the name its validator is imported by. */
async function schemas(): Promise<Map<string, AnySchemaObject>> {
  const found = new Map<string, AnySchemaObject>([
    ['model', modelSchema],
    ['profiles', profilesSchema],
    ['pointer', pointerSchema],
  ]);
  for (const name of await readdir(join(ROOT, 'functions'))) {
    const module = (await import(pathToFileURL(join(ROOT, 'functions', name, 'schema.ts')).href)) as Record<string, unknown>;
    if (module['request']) found.set(`${name}-request`, module['request']);
  }
  return found;
}

/** Ajv's standalone code, bundled so that it stands alone. */
async function compile(schema: AnySchemaObject): Promise<string> {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, code: { source: true, esm: true, optimize: true } });
  const generate = standalone as unknown as (instance: Ajv2020, validate: unknown) => string;
  const result = await build({
    stdin: { contents: generate(ajv, ajv.compile(schema)), resolveDir: ROOT, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    minify: true,
    platform: 'node',
  });
  return result.outputFiles[0]?.text ?? '';
}

const typeFile = (name: string): string => {
  const [module, type] =
    name.endsWith('-request')
      ? [`../../functions/${name.replace(/-request$/, '')}/schema.ts`, 'Request']
      : ['../../shared/clustering/model.ts', name.replace(/^./, (letter) => letter.toUpperCase())];
  return `import type { ${type} } from '${module}';
import type { Validator } from '../../shared/validator.ts';
declare const validate: Validator<${type}>;
export default validate;
`;
};

/** Compiles every schema to a validator in `.generated`, those that changed only. */
async function generateValidators(): Promise<void> {
  await mkdir(OUT, { recursive: true });
  for (const [name, schema] of await schemas()) {
    const stamp = `// ${createHash('sha256').update(JSON.stringify(schema)).digest('hex')}\n`;
    const file = join(OUT, `${name}.mjs`);
    const before = await readFile(file, 'utf8').catch(() => '');
    if (before.startsWith(stamp)) continue;
    await writeFile(file, stamp + (await compile(schema)));
    await writeFile(join(OUT, `${name}.d.mts`), typeFile(name));
  }
}

/** Makes everything that is generated from sources, what changed only. */
export async function generate(): Promise<void> {
  await generateValidators();
}
