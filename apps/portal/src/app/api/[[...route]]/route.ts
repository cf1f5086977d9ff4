import { app } from '../../../server/routes.ts';

export const dynamic = 'force-dynamic';
export const runtime = 'nodejs';

const handle = (request: Request) => app.fetch(request);

export { handle as DELETE, handle as GET, handle as PATCH, handle as POST };
