import type { Reporter, TestModule } from 'vitest/node';

/** Ends every run with one plain line of counts, for those who read logs. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state]++;
    }
    const failed =
      counts.failed + modules.filter((module) => module.state() === 'failed' && !module.children.size).length;
    process.stdout.write(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
  }
}
