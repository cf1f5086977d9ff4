/**
 * CPU time of the process so far, in ms. While a call is in the sandbox its task waits and does nothing, so what is added is nearly all the
 * call's, and a machine that is busy with others does not count.
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
