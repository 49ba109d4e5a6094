import { Module, register } from 'node:module';

/** Preloaded into a measured process: tells on stderr every package it loads, by either loader, as `LOADED name`. */
const tell = (name) => /^[@a-z]/.test(name) && process.stderr.write(`LOADED ${name}\n`);

const hooks = `
import { writeSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  if (/^[@a-z]/.test(specifier) && !/^(node|file|data):/.test(specifier)) writeSync(2, 'LOADED ' + specifier + '\\n');
  return next(specifier, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

const load = Module['_load'];
Module['_load'] = function (name, ...rest) {
  tell(name);
  return load.call(this, name, ...rest);
};
