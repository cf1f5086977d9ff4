import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Belongs to one attempt of one application: HMAC-SHA256 of `<application>:<attempt>` under the cluster's secret, in hexadecimal. */
export function applicationToken(clusterToken: string, application: string, attempt: number): string {
  return createHmac('sha256', clusterToken).update(`${application}:${attempt}`).digest('hex');
}

/** Whether the `Authorization` header carries exactly this token, in a time that does not depend on where they differ. */
export function bears(header: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(header ?? '')?.[1];
  if (given === undefined) return false;
  return timingSafeEqual(createHash('sha256').update(given).digest(), createHash('sha256').update(token).digest());
}
