// Copied beside each program by quick-start.ts, which fills in BUILD. Plain Node.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, SourceMap } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';

const BUILD = '{{build}}';
/** Kept per set of flags, because V8 takes compiled code back only under the flags it was made with. */
const CODES_MAX = 16;
/** By then a program has compiled what it needs to come up and to work. */
const KEEP_AFTER_MS = 10_000;

const { filename, dirname } = import.meta;
const name = path.basename(filename, '.js');
const program = path.join(dirname, `${name}.cjs`);
const codePrefix = `${name}.${BUILD}.`;
const codeFile = path.join(dirname, `${codePrefix}${flagsKey()}.code`);
const cachedData = codeKept();
const script = new vm.Script(
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(program, 'utf8')}\n})`,
  { filename: program, cachedData, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
);
traceSources();
if (cachedData === undefined || script.cachedDataRejected) {
  setTimeout(keepCode, KEEP_AFTER_MS).unref();
  process.once('exit', onExit);
}
const module = { exports: {} };
script.runInThisContext()(module.exports, createRequire(program), module, program, dirname);

/** Which flags, as part of a file name. */
function flagsKey() {
  const flags = [process.version, process.arch, ...process.execArgv, process.env.NODE_OPTIONS ?? ''].join('\n');
  let hash = 0x811c9dc5;
  for (let at = 0; at < flags.length; at++) hash = Math.imul(hash ^ flags.charCodeAt(at), 0x01000193) >>> 0;
  return hash.toString(16);
}

function codeKept() {
  try {
    return readFileSync(codeFile);
  } catch {
    return undefined;
  }
}

/** What ended in trouble has perhaps compiled little of what the next start needs. */
function onExit(code) {
  if (code === 0) keepCode();
}

/** Once. A folder that cannot be written means that the next start compiles again, nothing else. */
function keepCode() {
  process.removeListener('exit', onExit);
  try {
    const kept = readdirSync(dirname).filter((file) => file.startsWith(codePrefix) && file.endsWith('.code'));
    if (kept.length >= CODES_MAX && !kept.includes(path.basename(codeFile))) return;
    const made = `${codeFile}.${process.pid}`;
    writeFileSync(made, script.createCachedData());
    renameSync(made, codeFile);
  } catch {
    // As said above.
  }
}

/** Stack traces name the sources, as under --enable-source-maps; but the map is read when the first one is asked for. */
function traceSources() {
  let map;
  const place = (site) => {
    const text = String(site);
    if (site.getFileName() !== program) return text;
    map ??= new SourceMap(JSON.parse(readFileSync(`${program}.map`, 'utf8')));
    const line = site.getLineNumber();
    const column = site.getColumnNumber();
    const { originalSource, originalLine, originalColumn } = map.findEntry(line - 1, column - 1);
    if (originalSource === undefined) return text;
    const source = path.resolve(dirname, originalSource);
    return text.replace(`${program}:${line}:${column}`, `${source}:${originalLine + 1}:${originalColumn + 1}`);
  };
  const placeOrAsItIs = (site) => {
    try {
      return place(site);
    } catch {
      return String(site);
    }
  };
  Error.prepareStackTrace = (error, sites) =>
    [titleOf(error), ...sites.map((site) => `    at ${placeOrAsItIs(site)}`)].join('\n');
}

function titleOf(error) {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}
