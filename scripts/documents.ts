import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { whyUnreadable } from './arguments.ts';

/** A text to classify, with the name or id it goes by. */
export interface Document {
  readonly id: string | number;
  readonly content: string;
}

/** A file or line that holds no text that can be read; the message says why. */
export class UnreadableDocumentError extends Error {
  override readonly name = 'UnreadableDocumentError';
}

/** One line of JSON lines: `{"id", "content"}`; without an id it goes by its number. */
function lineOf(file: string, line: string, number: number): Document {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UnreadableDocumentError(`${file}, line ${number}, is not JSON.`);
  }
  if (
    typeof value !== 'object' ||
    value === null ||
    !('content' in value) ||
    typeof value.content !== 'string'
  ) {
    throw new UnreadableDocumentError(`${file}, line ${number}, has no text "content".`);
  }
  const id =
    'id' in value && (typeof value.id === 'string' || typeof value.id === 'number') ? value.id : number;
  return { id, content: value.content };
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new UnreadableDocumentError(`${file} cannot be read: ${whyUnreadable(error)}.`);
  }
}

function textOf(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableDocumentError(`${file} cannot be read: it is not UTF-8, save it as UTF-8.`);
  }
}

/** Text of a Word document (by mammoth) or PDF (by pdf.js), each loaded when the first one comes. */
const EXTRACTORS: Readonly<Record<string, (bytes: Buffer) => Promise<string>>> = {
  '.docx': async (bytes) => {
    const { default: mammoth } = await import('mammoth');
    return (await mammoth.extractRawText({ buffer: bytes })).value;
  },
  '.pdf': async (bytes) => {
    const { getDocument, VerbosityLevel } = await import('pdfjs-dist/legacy/build/pdf.mjs');
    const options = {
      data: new Uint8Array(bytes),
      verbosity: VerbosityLevel.ERRORS,
      useSystemFonts: true,
      isEvalSupported: false,
    };
    const document = await getDocument(options).promise;
    const pages: string[] = [];
    for (let number = 1; number <= document.numPages; number++) {
      const { items } = await (await document.getPage(number)).getTextContent();
      pages.push(items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join(''));
    }
    await document.destroy();
    return pages.join('\n\n');
  },
};

/**
 * Every text of a file: md and txt whole, docx and pdf by their text, jsonl line by line. What cannot be read comes as
 * an error in its place, so that one bad file or line stops nothing.
 */
export async function* documentsOf(
  file: string,
  asLines = false,
): AsyncGenerator<Document | UnreadableDocumentError> {
  const kind = asLines ? '.jsonl' : extname(file).toLowerCase();
  try {
    const bytes = await bytesOf(file);
    if (kind === '.jsonl' || kind === '.ndjson') {
      const lines = textOf(file, bytes).split('\n');
      for (const [index, line] of lines.entries())
        if (line.trim() !== '') yield safely(() => lineOf(file, line, index + 1));
      return;
    }
    const extract = EXTRACTORS[kind];
    if (!extract && !['.md', '.markdown', '.txt', ''].includes(kind)) {
      throw new UnreadableDocumentError(`${file} is none of md, txt, docx, pdf, jsonl.`);
    }
    yield { id: file, content: extract ? await extracted(file, bytes, extract) : textOf(file, bytes) };
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error;
    yield error;
  }
}

async function extracted(
  file: string,
  bytes: Buffer,
  extract: (bytes: Buffer) => Promise<string>,
): Promise<string> {
  try {
    return await extract(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UnreadableDocumentError(`${file} cannot be read: ${reason?.replace(/\.+$/, '')}.`);
  }
}

function safely(make: () => Document): Document | UnreadableDocumentError {
  try {
    return make();
  } catch (error) {
    if (error instanceof UnreadableDocumentError) return error;
    throw error;
  }
}
