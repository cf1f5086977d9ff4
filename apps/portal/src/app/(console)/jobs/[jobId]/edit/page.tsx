import { IfAllowed } from '../../../../../features/shell/if-allowed.tsx';
import { EditJob } from '../../../../../features/sql/edit-job.tsx';

export const metadata = { title: 'Edit job' };

export default async function Page({ params }: { readonly params: Promise<{ jobId: string }> }) {
  const { jobId } = await params;
  return (
    <IfAllowed operation="versions.create" back={`/jobs/${jobId}`}>
      <EditJob id={jobId} />
    </IfAllowed>
  );
}
