import { ServiceError } from '../errors.ts';
import { refusal, temporaryPlace } from '../storage/local/files.ts';

/** What failed in DuckDB: a file that was read, or else our own SQL. */
export type EngineFault = 'file' | 'other';

/** DuckDB failed. The message names the kind of error alone: DuckDB's own words may quote what stands in a cell. */
export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    message: string,
    readonly fault: EngineFault,
    /** True when it met text that is not UTF-8. */
    readonly isNoUtf8: boolean,
  ) {
    super(message);
  }
}

/** DuckDB has too little memory for what it was asked. */
export class MemoryError extends ServiceError {
  constructor() {
    super(
      'internal',
      'DuckDB has too little memory for this export: raise DUCKDB_MEMORY (auto fits it to the number of users), or give the machine more.',
    );
  }
}

/** Kinds of DuckDB's errors that a file causes; broken rows may end its CSV reader in an internal one, long
 * rows in one that it has not implemented. */
const OF_FILE =
  /^(IO|INTERNAL|Not implemented|Invalid Input|Invalid|Conversion|Out of Range|Serialization|TProtocolException|HTTP|Permission) ?Error/;
/** Kinds whose words are about our SQL alone. */
const OF_SQL = /^(Binder|Parser|Catalog|Syntax) Error/;
const NO_UTF8 = /not valid UTF-?8|not utf-8|Invalid unicode|Invalid string encoding/i;
const NO_ROOM = /No space left on device|max_temp_directory_size|Disk quota exceeded/;
const NO_MEMORY = /^Out of Memory Error|failed to (pin|allocate) block|could not allocate/i;
const NO_WRITING = /Read-only file system|Permission denied/;

/**
 * The error that leaves the pipeline in place of DuckDB's.
 * @param folder of the run's temporary files
 */
export function engineErrorOf(error: unknown, folder: string): Error {
  const text = error instanceof Error ? error.message : String(error);
  const [first = ''] = text.split('\n');
  const code = NO_ROOM.test(text)
    ? 'ENOSPC'
    : NO_WRITING.test(text) && text.includes(folder)
      ? 'EROFS'
      : null;
  const refused = code && refusal(temporaryPlace(), null, code);
  if (refused) return refused;
  if (NO_MEMORY.test(text)) {
    return new MemoryError();
  }
  const kind = /^[A-Z][A-Za-z ]*Error/.exec(first)?.[0] ?? 'error';
  const isOurs = OF_SQL.test(first);
  return new EngineError(
    isOurs ? `DuckDB: ${first.slice(0, 300)}` : `DuckDB: ${kind}`,
    OF_FILE.test(first) ? 'file' : 'other',
    NO_UTF8.test(text),
  );
}
