import { buildPortal, bundlePrograms, generateClient } from './build.ts';
import { claim } from './claim.ts';
import { parseOptions } from './options.ts';
import { step } from './steps.ts';

const STOPS = ['SIGINT', 'SIGTERM'] as const;

/**
 * `npm start` after the install: builds what changed, then runs the platform until it is told to stop. What needs the
 * generated database client is loaded once there is one: a bare checkout has none.
 */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env, process.cwd());
  process.umask(0o077);
  if (options.command === 'setup') {
    await generateClient();
    const { setupPlatform } = await import('./setup-platform.ts');
    await setupPlatform(options);
    return;
  }
  // A build that is told to stop takes its programs with it; later the platform stops in order.
  const stop = (): never => process.exit(130);
  for (const signal of STOPS) process.once(signal, stop);
  console.log('\nMillrace\n');
  // Before anything that takes long: who must choose another port or folder hears it at once.
  if (options.command === 'run') await claim(options);
  await step('Generating the database client', generateClient);
  await step('Bundling scheduler, agent, broker and runtime', bundlePrograms);
  await step('Building the portal', buildPortal);
  for (const signal of STOPS) process.off(signal, stop);
  if (options.command !== 'run') return;
  const { runPlatform } = await import('./platform.ts');
  await runPlatform(options);
}

main().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
