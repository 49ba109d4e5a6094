import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Ajv2020, type AnySchemaObject } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { type Compiled, compileLexicon, type LexiconFile } from '../shared/classification/compile.ts';
import { LANGUAGES, writeLetters, writeLexicon } from '../shared/classification/compiled.ts';
import type { TextLanguage } from '../shared/classification/stop-words.ts';
import { LABEL_IDS } from '../shared/classification/taxonomy.ts';
import { STOP_WORDS } from '../shared/classification/stop-words.ts';
import { UsageError } from './arguments.ts';
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
    for (const schema of Object.values(module)) {
      const id = schema instanceof Object && '$id' in schema ? schema.$id : undefined;
      if (typeof id === 'string') found.set(id, schema as AnySchemaObject);
    }
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

/** Types of a validator: of `classify-item` the `Item` of the function `classify`, of `model` the `Model` of clustering. */
const typeFile = (name: string): string => {
  const [, owner, what = name] = /^(.+)-([^-]+)$/.exec(name) ?? [];
  const type = what.replace(/^./, (letter) => letter.toUpperCase());
  const module =
    owner === undefined ? '../../shared/clustering/model.ts' : `../../functions/${owner}/schema.ts`;
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

/** The texts of the lexicon files of one language, by label id. */
export async function lexiconTexts(language: TextLanguage): Promise<Map<string, string>> {
  const folder = join(ROOT, 'shared', 'classification', 'lexicon', language);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return new Map(names.map((name, i) => [name.slice(0, -'.json'.length), texts[i] as string]));
}

/** The lexicon files of one language, by label id. @throws UsageError naming a file that is not JSON */
export async function lexiconFiles(language: TextLanguage): Promise<Map<string, LexiconFile>> {
  const fileOf = ([label, text]: [string, string]): [string, LexiconFile] => {
    try {
      return [label, JSON.parse(text) as LexiconFile];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new UsageError(
        `shared/classification/lexicon/${language}/${label}.json is not JSON (${why}): look for a missing comma or quote.`,
      );
    }
  };
  return new Map([...(await lexiconTexts(language))].map(fileOf));
}

/** A lexicon compiled from its files. The language libraries are loaded here alone: they never run in production. */
export async function compiledLexicon(language: TextLanguage): Promise<Compiled> {
  const { inflectEnglish, inflectFrench } = await import('./lexicon/inflect.ts');
  const inflect = language === 'fr' ? inflectFrench : inflectEnglish;
  return compileLexicon(language, await lexiconFiles(language), STOP_WORDS[language], inflect);
}

/** Files whose code makes the compiled lexicons what they are. */
const COMPILER = [
  'scripts/lexicon/inflect.ts',
  ...['automaton', 'compile', 'compiled', 'fold', 'stop-words'].map(
    (name) => `shared/classification/${name}.ts`,
  ),
];

/** A module of bytes as text: a string outside the function, since V8 reads those inside twice. */
const bytesModule = (bytes: Uint8Array): string =>
  `const bytes = '${Buffer.from(bytes).toString('base64')}';\nexport default () => Buffer.from(bytes, 'base64');\n`;

const BYTES_TYPE = 'declare const load: () => Uint8Array;\nexport default load;\n';

/** Compiles the lexicons and what all languages share, those that changed only. */
async function generateLexicons(): Promise<void> {
  const out = join(ROOT, '.generated', 'lexicon');
  await mkdir(out, { recursive: true });
  const code = await Promise.all(COMPILER.map((file) => readFile(join(ROOT, file), 'utf8')));
  const write = async (name: string, source: unknown, bytes: () => Promise<Uint8Array>) => {
    const stamp = stampOf([source, code]);
    const file = join(out, `${name}.mjs`);
    if ((await readFile(file, 'utf8').catch(() => '')).startsWith(stamp)) return;
    await writeFile(file, stamp + bytesModule(await bytes()));
    await writeFile(join(out, `${name}.d.mts`), BYTES_TYPE);
  };
  await write('letters', LANGUAGES, async () => writeLetters(LANGUAGES.map((name) => STOP_WORDS[name])));
  for (const language of LANGUAGES) {
    const source = [...(await lexiconFiles(language)), LABEL_IDS];
    await write(language, source, async () => writeLexicon((await compiledLexicon(language)).data));
  }
}

/**
 * Bundles the markdown parser into a function: made when it is called, it costs nothing until then. V8 and the bundler
 * would run an imported module at once.
 */
async function generateParser(): Promise<void> {
  const { version } = JSON.parse(
    await readFile(join(ROOT, 'node_modules', '@lezer', 'markdown', 'package.json'), 'utf8'),
  ) as { version: string };
  const stamp = stampOf(version);
  const file = join(ROOT, '.generated', 'parser.mjs');
  if ((await readFile(file, 'utf8').catch(() => '')).startsWith(stamp)) return;
  const { outputFiles } = await build({
    stdin: { contents: `export { parser } from '@lezer/markdown';`, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'module',
    minify: true,
    target: 'node20',
  });
  const code = outputFiles[0]?.text ?? '';
  await writeFile(file, `${stamp}export default () => {\n${code}return module.parser;\n};\n`);
  await writeFile(file.replace(/mjs$/, 'd.mts'), PARSER_TYPE);
}

const PARSER_TYPE = `import type { MarkdownParser } from '@lezer/markdown';
declare const load: () => MarkdownParser;
export default load;
`;

/** Makes everything that is generated from sources, what changed only. */
export async function generate(): Promise<void> {
  await generateValidators();
  await generateLexicons();
  await generateParser();
}
