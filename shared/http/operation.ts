/** Who may call an operation: anyone, the platform's clients, or the operators' service accounts. */
export type Access = 'public' | 'client' | 'operator';

/** What the wrapper needs to know of a function; its schemas stand beside it, for documents and tests. */
export interface Operation {
  /** Name of the function as it is deployed. */
  readonly name: string;
  readonly method: 'GET' | 'POST';
  /** Public route, with parameters in braces, such as `/recommend/{cluster_id}`. */
  readonly path: string;
  readonly access: Access;
  /** Media types a request body may have; none means the body is ignored. */
  readonly bodyTypes?: readonly string[];
}

export type Parameters = Readonly<Record<string, string>>;

/**
 * Tells the parameters of a path, or null when it is not the operation's. A function sees its public route behind
 * Hosting and on the local server, and the route less its first folder at its own URL: both match.
 */
export function matcherOf(operation: Operation): (pathname: string) => Parameters | null {
  const route = segmentsOf(operation.path);
  const variable = route.findIndex((segment) => !isFixed(segment));
  const own = variable < 0 ? [] : route.slice(variable);
  return (pathname) => {
    const given = segmentsOf(pathname);
    const isPublicForm = variable > 0 && given[0] === route[0];
    return match(route, given) ?? (isPublicForm ? null : match(own, given));
  };
}

/** Parameters of a path under a public route such as `/recommend/{cluster_id}`, or null when it is another path. */
export const matchRoute = (path: string, pathname: string): Parameters | null =>
  match(segmentsOf(path), segmentsOf(pathname));

/** Path of a request target, which may be a whole address (RFC 9112, 3.2.2). */
export function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?]*/i, '');
  return path.split('?', 1)[0] || '/';
}

const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');
const isFixed = (segment: string): boolean => !segment.startsWith('{');

function match(route: readonly string[], given: readonly string[]): Parameters | null {
  if (given.length !== route.length) return null;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of route.entries()) {
    const text = given[index] as string;
    if (isFixed(segment)) {
      if (text !== segment) return null;
    } else {
      try {
        parameters[segment.slice(1, -1)] = decodeURIComponent(text);
      } catch {
        return null;
      }
    }
  }
  return parameters;
}
