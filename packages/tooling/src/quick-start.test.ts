import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleQuickStart } from './quick-start.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'millrace-quick-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function bundled(source: string): Promise<void> {
  writeFileSync(path.join(folder, 'program.ts'), source);
  await bundleQuickStart({ program: path.join(folder, 'program.ts') }, path.join(folder, 'out'));
}

function start(...flags: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, path.join(folder, 'out/program.js')], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const codes = () => readdirSync(path.join(folder, 'out')).filter((file) => file.endsWith('.code'));

describe('a program that is started again and again', () => {
  it('keeps its compiled code after the first start, one per set of flags, and runs from it', async () => {
    await bundled(`const answer: number = 42;\nconsole.log(answer);`);
    expect(start()).toEqual({ status: 0, stdout: '42\n', stderr: '' });
    const [kept = ''] = codes();
    const made = () => statSync(path.join(folder, 'out', kept)).mtimeMs;
    const before = made();
    expect(start()).toEqual({ status: 0, stdout: '42\n', stderr: '' });
    expect(made()).toBe(before);
    expect(start('--max-old-space-size=100').stdout).toBe('42\n');
    expect(codes()).toHaveLength(2);
  });

  it('never runs the code of another build, though it has the same length', async () => {
    await bundled('console.log(1);');
    expect(start().stdout).toBe('1\n');
    await bundled('console.log(2);');
    expect(start().stdout).toBe('2\n');
    expect(codes()).toHaveLength(1);
  });

  it('starts all the same when its kept code is damaged', async () => {
    await bundled('console.log(1);');
    start();
    for (const file of codes()) writeFileSync(path.join(folder, 'out', file), 'damaged');
    expect(start()).toEqual({ status: 0, stdout: '1\n', stderr: '' });
  });

  it('names its sources in stack traces, and keeps no code of a start that failed', async () => {
    await bundled(
      `interface Unused { readonly a: string }\nfunction fail(): never {\n  throw new Error('so');\n}\nfail();`,
    );
    const { status, stderr } = start();
    expect(status).toBe(1);
    expect(stderr).toContain(`Error: so\n    at fail (${path.join(folder, 'program.ts')}:3:9)`);
    expect(codes()).toEqual([]);
  });
});
