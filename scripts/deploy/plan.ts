import { functionSteps } from './function.ts';
import { grantSteps } from './grants.ts';
import { keySteps, projectSteps } from './project.ts';
import type { Settings } from './settings.ts';
import { firebase, type Step, type Target } from './step.ts';

const hosting = (target: Target): Step => ({
  why: 'Hosting: the public routes, and /openapi.json',
  create: [],
  update: [firebase(target, 'deploy', '--only=hosting')],
  advice: 'Sign in with "firebase login"; the rewrites need the functions above to be deployed.',
});

/**
 * Everything that makes the service run in a project, in the order in which it has to be done.
 * @param settings `deploy.json` of each function, by name
 * @param only one function to deploy by itself, with new client keys if there are any, in a project that is set up
 */
export function plan(target: Target, settings: ReadonlyMap<string, Settings>, only: string | null): Step[] {
  const functions = [...settings].filter(([name]) => only === null || name === only);
  const deployed = functions.flatMap(([name, its]) => functionSteps(target, name, its));
  if (only !== null) return [...(target.clientKeys === null ? [] : keySteps(target)), ...deployed];
  return [
    ...projectSteps(target),
    ...grantSteps(target, [...settings.values()]),
    ...deployed,
    hosting(target),
  ];
}
