import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { type Compiled, compileLexicon, type LexiconFile } from '../shared/classification/compile.ts';
import type { TextLanguage } from '../shared/classification/language.ts';
import { LABEL_IDS } from '../shared/classification/taxonomy.ts';
import { STOP_WORDS } from '../shared/classification/stop-words.ts';
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
    const module = (await import(pathToFileURL(join(ROOT, 'functions', name, 'schema.ts')).href)) as Record<
      string,
      unknown
    >;
    if (module['request']) found.set(`${name}-request`, module['request']);
  }
  return found;
}

/** First line of a generated file: what it was made from. */
const stampOf = (source: unknown): string =>
  `// ${createHash('sha256').update(JSON.stringify(source)).digest('hex')}\n`;

/** Ajv's standalone code, bundled so that it stands alone. */
async function compile(schema: AnySchemaObject): Promise<string> {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    strictRequired: false,
    allowUnionTypes: true,
    code: { source: true, esm: true, optimize: true },
  });
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
  const [module, type] = name.endsWith('-request')
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
    const stamp = stampOf(schema);
    const file = join(OUT, `${name}.mjs`);
    const before = await readFile(file, 'utf8').catch(() => '');
    if (before.startsWith(stamp)) continue;
    await writeFile(file, stamp + (await compile(schema)));
    await writeFile(join(OUT, `${name}.d.mts`), typeFile(name));
  }
}

/** The lexicon files of one language, by label id. */
export async function lexiconFiles(language: TextLanguage): Promise<Map<string, LexiconFile>> {
  const folder = join(ROOT, 'shared', 'classification', 'lexicon', language);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return new Map(
    names.map((name, i) => [name.slice(0, -'.json'.length), JSON.parse(files[i] as string) as LexiconFile]),
  );
}

/** A lexicon compiled from its files. The language libraries are loaded here alone: they never run in production. */
export async function compiledLexicon(language: TextLanguage): Promise<Compiled> {
  const { inflectEnglish, inflectFrench } = await import('./lexicon/inflect.ts');
  const inflect = language === 'fr' ? inflectFrench : inflectEnglish;
  return compileLexicon(language, await lexiconFiles(language), STOP_WORDS[language], inflect);
}

/** Compiles the lexicons, those that changed only. */
async function generateLexicons(): Promise<void> {
  const out = join(ROOT, '.generated', 'lexicon');
  await mkdir(out, { recursive: true });
  const code = await Promise.all(
    [
      'scripts/lexicon/inflect.ts',
      'shared/classification/compile.ts',
      'shared/classification/stop-words.ts',
    ].map((file) => readFile(join(ROOT, file), 'utf8')),
  );
  for (const language of ['fr', 'en'] as const) {
    const stamp = stampOf([...(await lexiconFiles(language)), LABEL_IDS, code, 'loader']);
    const file = join(out, `${language}.mjs`);
    if ((await readFile(file, 'utf8').catch(() => '')).startsWith(stamp)) continue;
    const { data } = await compiledLexicon(language);
    await writeFile(
      file,
      `${stamp}export default () => JSON.parse(${JSON.stringify(JSON.stringify(data))});\n`,
    );
    await writeFile(join(out, `${language}.d.mts`), LEXICON_TYPE);
  }
}

const LEXICON_TYPE = `import type { LexiconData } from '../../shared/classification/compile.ts';
declare const load: () => LexiconData;
export default load;
`;

/** Makes everything that is generated from sources, what changed only. */
export async function generate(): Promise<void> {
  await generateValidators();
  await generateLexicons();
}
