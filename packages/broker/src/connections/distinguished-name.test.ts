import type { PeerCertificate } from 'node:tls';
import { expect, it } from 'vitest';
import { distinguishedName } from './distinguished-name.ts';

it.each([
  [{ CN: 'worker' }, 'CN=worker'],
  [{ C: 'DE', O: 'Example', OU: 'streams', CN: 'worker' }, 'CN=worker,OU=streams,O=Example,C=DE'],
  [{ O: 'Smith, Jones & "Sons"', CN: ' a#b+c ' }, 'CN=\\ a#b\\+c\\ ,O=Smith\\, Jones & \\"Sons\\"'],
  [{ OU: ['one', 'two'], CN: '#x' }, 'CN=\\#x,OU=two,OU=one'],
] as const)('the subject %j is the principal %s', (subject, name) => {
  expect(distinguishedName(subject as unknown as PeerCertificate['subject'])).toBe(name);
});
