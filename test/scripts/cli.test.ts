import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { writeSample } from '../../scripts/sample/export.ts';
import { sampleExport, startApi } from '../setup/api.ts';
import { docx, pdf } from '../setup/documents.ts';
import { folder } from '../setup/folders.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a command as npm would, and gives what it printed. */
function command(
  argv: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'scripts/run.ts'), ...argv], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
  });
  const printed = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => (printed.out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (printed.err += data.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...printed })));
}

describe('npm run recompute', () => {
  test('beside a running server, which then serves the new model without a restart', async () => {
    const source = await sampleExport(800);
    const api = await startApi();
    const { code, out, err } = await command(['recompute', '--source', source, '--json'], {
      LOCAL_DIR: api.localDir,
    });
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(out.trimEnd().split('\n')).toHaveLength(1);
    const reply = JSON.parse(out) as { model_version: string; total_users_processed: number };
    expect(reply.total_users_processed).toBe(800);
    expect(err).toMatch(/read .* rows .* s/);
    const clusters = (await (await fetch(`${api.url}/clusters`)).json()) as { model_version: string };
    expect(clusters.model_version).toBe(reply.model_version);
    api.server.close();
  });

  test('says in one sentence what is wrong, and exits with 1', async () => {
    const source = await sampleExport(300);
    await rm(join(source, 'contents.csv'));
    const { code, out, err } = await command(['recompute', '--source', source, '--json'], {
      LOCAL_DIR: await folder(),
    });
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      success: false,
      code: 'model_rejected',
      checks: [{ name: 'contents file', result: 'FAIL' }],
    });
    expect(err.trimEnd().split('\n').at(-1)).toMatch(/^The file .*contents\.csv .* is missing\.$/);
    expect(err).not.toContain('    at ');
  });

  test.each([
    [['recompute', '--as-of', 'tomorrow'], 1, /as_of must be a time/],
    [['recompute', '--nothing'], 2, /^Unknown option '--nothing'\.\nUsage: npm run recompute/],
    [['recompute', 'check'], 2, /^"check" is too much/],
    [['sample', '--out', join(ROOT, 'README.md')], 2, /README\.md cannot be used: it is a file/],
    [['forget', 'abc'], 2, /^USER_ID must be a whole number/],
    [['evaluate', join(ROOT, 'README.md')], 2, /README\.md, line 1, is not JSON/],
    [['sample'], 2, /--out is missing/],
    [['sample', '--out', 'x', '--users', 'many'], 2, /--users must be a whole number/],
    [['dance'], 2, /Unknown command "dance"/],
  ])('%j is answered with what to do', async (argv, code, message) => {
    const result = await command(argv, { LOCAL_DIR: await folder() });
    expect(result.code).toBe(code);
    expect(result.err).toMatch(message);
  });

  test('a folder of exports that was named and is not there is told, not filled with a sample', async () => {
    const source = join(await folder(), 'nothing');
    const { code, err } = await command(['start'], { LOCAL_DIR: await folder(), SOURCE_URI: source });
    expect(code).toBe(1);
    expect(err).toContain(`${source}, cannot be read: check that it exists`);
  });

  test('a sample never takes the place of an export', async () => {
    const out = await sampleExport(300);
    const { code, err } = await command(['sample', '--out', out]);
    expect({ code, err }).toEqual({
      code: 2,
      err: `${out} holds an export already: name another folder, or delete that one.\n`,
    });
  });

  test.each([
    [{ PORT: 'http' }, 'PORT must be a whole number from 0 to 65535, not "http".'],
    [{ DUCKDB_MEMORY: 'much' }, 'DUCKDB_MEMORY must be auto or a size such as 700MB, not "much".'],
    [
      { LOCAL_DIR: join(ROOT, 'README.md') },
      `The artifact store in ${join(ROOT, 'README.md', 'artifacts')} cannot be used, a file stands where a folder should: set LOCAL_DIR to another folder.`,
    ],
  ])('a variable that cannot be used is named: %j', async (variable, message) => {
    const { code, err } = await command(['start'], { LOCAL_DIR: await folder(), ...variable });
    expect({ code, err }).toEqual({ code: 1, err: `${message}\n` });
  });
});

describe('a folder that cannot be used', () => {
  const below = join(ROOT, 'README.md', 'below');
  const nowhere = process.platform === 'linux' ? '/proc/nothing' : below;
  const source = join(ROOT, 'nothing');
  const refused = new RegExp(
    `^The (artifact store|user store|folder).* ${nowhere}.* cannot be used, .*: set LOCAL_DIR to another folder\\.$`,
  );

  test.each<[string[], string, RegExp]>([
    [['recompute', '--source', source], nowhere, refused],
    [['start'], nowhere, refused],
    [['rollback', 'v1'], nowhere, refused],
    [['forget', '5'], nowhere, refused],
    [['runs'], below, new RegExp(`^The user store in ${below}/store cannot be used, .*: set LOCAL_DIR to`)],
    [
      ['recompute', '--check'],
      below,
      new RegExp(`^The artifact store in ${below}/artifacts cannot be used, .*: set LOCAL_DIR to`),
    ],
    [
      ['sample', '--users', '10', '--out', nowhere],
      below,
      new RegExp(`^The folder ${nowhere} cannot be used, .*: name another one with --out\\.$`),
    ],
  ])('%j ends with one sentence that names it: %s', async (argv, localDir, sentence) => {
    const { code, err } = await command(argv, { LOCAL_DIR: localDir });
    expect(code).toBe(1);
    expect(err.trimEnd().split('\n').at(-1)).toMatch(sentence);
    expect(err).not.toContain('    at ');
  });
});

describe('npm run forget', () => {
  test('says so where nobody knows the user, which is no failure', async () => {
    expect(await command(['forget', '42'], { LOCAL_DIR: await folder() })).toEqual({
      code: 0,
      out: '',
      err: 'User 42 is unknown, no version kept and no store holds the id: check it.\n',
    });
  });
});

describe('npm run sample', () => {
  test('leaves no part of a file behind when it fails', async () => {
    const out = await folder();
    await mkdir(join(out, 'users.csv'));
    await expect(writeSample({ users: 10, seed: 1, out, onProgress: () => undefined })).rejects.toThrow(
      'EISDIR',
    );
    expect(await readdir(out)).toEqual(['users.csv']);
  });

  test('writes the same bytes for the same seed, and others for another', async () => {
    const [a, b, c] = await Promise.all([sampleExport(300, 5), sampleExport(300, 5), sampleExport(300, 6)]);
    const read = (source: string) =>
      Promise.all(
        ['users', 'contents', 'interaction_events'].map((name) =>
          readFile(join(source, `${name}.csv`), 'utf8'),
        ),
      );
    expect(await read(a)).toEqual(await read(b));
    expect(await read(a)).not.toEqual(await read(c));
  });
});

describe('npm run classify', () => {
  test('gives a line for a line, and goes on after a bad one', async () => {
    const file = join(await folder(), 'texts.jsonl');
    await writeFile(
      file,
      '\ufeff{"id":1,"content":"La dyslexie"}\nnot json\n\n{"id":"b","content":"xyz"}\n{"id":3}\n',
    );
    const { code, out, err } = await command(['classify', '--jsonl', file]);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      expect.objectContaining({
        id: 1,
        theme_id: 'special_needs',
        theme: 'Special Educational Needs',
        defi: 'inclusive_school',
      }),
      expect.objectContaining({
        id: 'b',
        theme_id: null,
        theme: null,
        defi: 'none',
        confidence: 0,
        themes: [],
        defis: [],
        evidence: [],
      }),
    ]);
    expect(lines[0]?.['evidence']).toContainEqual({
      term: 'dyslexie',
      label: 'special_needs',
      start: 3,
      end: 11,
    });
    expect(err).toContain(', line 2, is not JSON.');
    expect(err).toContain(', line 5, has no text "content".');
    expect(code).toBe(1);
  });

  test('reads md, txt, docx and pdf, and never stops at one bad file', async () => {
    const at = await folder();
    const files: Record<string, Uint8Array | string> = {
      'a.md': '# La **dyslexie** à l’école',
      'b.txt': 'La dyslexie à l’école',
      'c.docx': docx('La dyslexie à l’école'),
      'd.pdf': pdf('La dyslexie en classe'),
      'e.docx': 'not a zip',
      'f.pdf': 'not a pdf',
      'g.xyz': 'other',
    };
    for (const [name, body] of Object.entries(files)) await writeFile(join(at, name), body);
    const names = [...Object.keys(files), 'missing.md', '.'].map((name) => join(at, name));
    const { code, out, err } = await command(['classify', ...names]);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; theme_id: string });
    expect(lines.map(({ id, theme_id }) => [id, theme_id])).toEqual(
      names.slice(0, 4).map((name) => [name, 'special_needs']),
    );
    for (const name of ['e.docx', 'f.pdf', 'g.xyz', 'missing.md']) expect(err).toContain(name);
    expect(err).not.toContain('    at ');
    expect(code).toBe(1);
  });
});
