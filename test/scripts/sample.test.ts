import { expect, test } from 'vitest';
import { type Behaviour, drawBehaviour } from '../../scripts/sample/behaviour.ts';
import { Draw } from '../../scripts/sample/random.ts';

const draw = new Draw(1);
const users = Array.from({ length: 40_000 }, () => drawBehaviour(draw));
const mean = (of: (user: Behaviour) => number) =>
  users.reduce((sum, user) => sum + of(user), 0) / users.length;
const share = (of: (user: Behaviour) => boolean) => users.filter(of).length / users.length;
const total = (user: Behaviour) => Object.values(user).reduce((sum: number, count: number) => sum + count, 0);

/** Marginals of the platform's published analyses, and how near the sample must come to them. */
test.each([
  ['mean tool sheets', mean((user) => user.fiches), 1.51, 0.25],
  ['mean guides', mean((user) => user.guides), 0.47, 0.1],
  ['mean votes', mean((user) => user.votes), 0.04, 0.01],
  ['mean opened mails', mean((user) => user.opened), 35.9, 3],
  ['mean clicked mails', mean((user) => user.clicked), 5.64, 0.6],
  ['mean events', mean(total), 80, 6],
  ['users without tool sheets', share((user) => user.fiches === 0), 0.765, 0.03],
  ['users without opened mails', share((user) => user.opened === 0), 0.153, 0.02],
  ['users without clicks', share((user) => user.clicked === 0), 0.51, 0.04],
  ['users without events', share((user) => total(user) === 0), 0.04, 0.01],
])('%s', (_, found, published, tolerance) => {
  expect(Math.abs(found - published)).toBeLessThan(tolerance);
});
