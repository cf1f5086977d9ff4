import { EditJob } from '../../../../../features/sql/edit-job.tsx';

export const metadata = { title: 'Edit job' };

export default async function Page({ params }: { readonly params: Promise<{ jobId: string }> }) {
  return <EditJob id={(await params).jobId} />;
}
