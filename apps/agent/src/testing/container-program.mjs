// Stands for master.js and worker.js in the agent's tests: does what `application` in container.json says.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const { application: what } = JSON.parse(readFileSync('container.json', 'utf8'));
console.log(JSON.stringify({ what, env: process.env }));
console.error('a line on stderr');
setInterval(() => {}, 1_000);

if (what === 'exit-3') process.exit(3);
if (what === 'exit-0') process.exit(0);
if (what === 'stubborn') process.on('SIGTERM', () => console.log('not now'));
else process.on('SIGTERM', () => end(0, 'asked to end'));
process.on('SIGUSR2', () => end(0, 'done'));
if (what === 'greedy') globalThis.held = Buffer.alloc(200 << 20, 1);
if (what === 'parent')
  spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'ignore' });
if (what === 'chatty') {
  for (let line = 0; line < 200_000; line++) console.log(`line ${line} ${'x'.repeat(60)}`);
  // Again and again: the very moment in which a log is cut may cost a line.
  setInterval(() => console.log('line 199999'), 100);
}

function end(code, reason) {
  writeFileSync('exit.json', JSON.stringify({ code, reason }));
  process.exit(code);
}
