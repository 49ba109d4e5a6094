import { report } from './failure.ts';
import { main } from './start.ts';

// What the container image runs: the same as `npm start`, bundled, without what only development needs.
main().catch(report);
