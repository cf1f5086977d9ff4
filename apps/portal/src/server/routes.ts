import '../features/account/server/routes.ts';
import '../features/jobs/server/routes.ts';
import '../features/logs/server/routes.ts';
import '../features/overview/server/routes.ts';
import '../features/queues/server/routes.ts';
import '../features/sql/server/routes.ts';
import '../features/topics/server/routes.ts';
import { app, SERVED } from './api.ts';
import { eventStream, isTopic } from './event-stream.ts';
import { HttpError } from './problem.ts';
import { callerOf } from './session.ts';

/** All routes are registered by the imports above; these two answer with something other than one JSON value. */
SERVED.push({ method: 'GET', path: '/stream', permission: 'read' });
app.get('/stream', async (context) => {
  const request = context.req.raw;
  if ((await callerOf(request)) === undefined) throw new HttpError(401, 'session.missing', 'Sign in first.');
  const topics = (context.req.query('topics') ?? '').split(',').filter(isTopic).slice(0, 20);
  return eventStream(topics, request.signal);
});

app.get('/openapi.json', () =>
  Response.json(
    app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Millrace',
        version: '1',
        description: 'Everything the portal does. Sign in with POST /session and send the token as bearer.',
      },
      servers: [{ url: '/api/v1' }],
    }),
  ),
);

export { app, SERVED };
