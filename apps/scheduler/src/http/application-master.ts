import { type Database, discardCheckpoint, storeCheckpoint } from '@millrace/database';
import {
  CHECKPOINT_BYTES_MAX,
  checkpointCompleteSchema,
  checkpointDiscardSchema,
  masterFinishSchema,
  masterHeartbeatSchema,
  masterRegisterSchema,
} from '@millrace/protocol';
import type { z } from 'zod';
import { fenced } from '../masters/attempt.ts';
import { finishRun } from '../masters/finish.ts';
import { takeMasterHeartbeat } from '../masters/heartbeat.ts';
import type { Platform } from '../masters/job-spec.ts';
import { registerMaster } from '../masters/register.ts';
import { HttpError, type Route } from './server.ts';
import { applicationToken, bears } from './token.ts';

export interface ApplicationMasterParts {
  readonly database: Database;
  readonly clusterToken: string;
  readonly platform: Platform;
}

/** Masters to scheduler (`application-master` of the protocol). The token belongs to one attempt, so nobody can speak for another. */
export function applicationMasterRoutes({
  database,
  clusterToken,
  platform,
}: ApplicationMasterParts): readonly Route[] {
  const route = <Body extends { readonly attempt: number }>(
    path: string,
    schema: z.ZodType<Body>,
    act: (application: string, body: Body) => Promise<unknown>,
    limits: Pick<Route, 'bodyBytesMax'> = {},
  ): Route => ({
    method: 'POST',
    path: `/v1/applications/:id/${path}`,
    ...limits,
    async handle({ params, body, authorization }) {
      const call = schema.parse(body);
      const application = params.id ?? '';
      if (!bears(authorization, applicationToken(clusterToken, application, call.attempt)))
        throw new HttpError(401, 'http.unauthorized', 'The application token is missing or wrong.');
      return act(application, call);
    },
  });
  return [
    route('register', masterRegisterSchema, (application, call) =>
      registerMaster(database, platform, application, call),
    ),
    route('heartbeat', masterHeartbeatSchema, (application, call) => takeMasterHeartbeat(database, application, call)),
    route('finish', masterFinishSchema, (application, call) => finishRun(database, application, call)),
    route(
      'checkpoints',
      checkpointCompleteSchema,
      async (application, { attempt, checkpoint }) => {
        const outcome = await storeCheckpoint(database.client, { applicationId: application, attempt }, checkpoint);
        if (outcome === 'fenced') throw fenced();
        if (outcome === 'conflict')
          throw new HttpError(
            409,
            'checkpoint.conflict',
            `Checkpoint ${checkpoint.id} exists already and is another one.`,
          );
        return {};
      },
      { bodyBytesMax: CHECKPOINT_BYTES_MAX },
    ),
    route('checkpoints/discard', checkpointDiscardSchema, async (application, { attempt, id }) => {
      if (!(await discardCheckpoint(database.client, { applicationId: application, attempt }, id))) throw fenced();
      return {};
    }),
  ];
}
