import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** What a container shows its siblings: it belongs to this application and knows its token. */
export interface PeerIdentity {
  readonly application: string;
  readonly container: string;
  readonly token: string;
}

export const peerIdentitySchema = z.object({ application: z.string(), container: z.string(), token: z.string() });

/** Takes the same time for every wrong token, whatever its length. */
export function sameToken(offered: string, expected: string): boolean {
  return timingSafeEqual(sha256(offered), sha256(expected));
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
