import { JobPage } from '../../../../features/jobs/job-page.tsx';

export const metadata = { title: 'Job' };

export default async function Page({ params }: { readonly params: Promise<{ jobId: string }> }) {
  return <JobPage id={(await params).jobId} />;
}
