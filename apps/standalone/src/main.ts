import { buildPortal, bundlePrograms, generateClient } from './build.ts';
import { parseOptions } from './options.ts';
import { runPlatform } from './platform.ts';
import { setupPlatform } from './setup-platform.ts';
import { step } from './steps.ts';

/** `npm start` after the install: builds what changed, then runs the platform until it is told to stop. */
async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env, process.cwd());
  process.umask(0o077);
  if (options.command === 'setup') {
    await setupPlatform(options);
    return;
  }
  console.log('\nMillrace\n');
  await step('Generating the database client', generateClient);
  await step('Bundling scheduler, agent, broker and runtime', bundlePrograms);
  await step('Building the portal', buildPortal);
  if (options.command === 'run') await runPlatform(options);
}

main().catch((error: unknown) => {
  console.error(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
