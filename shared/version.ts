/** The service's version, from package.json; only that field enters the bundles. */
export { version as SERVICE_VERSION } from '../package.json';
