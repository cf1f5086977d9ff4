import { JobList } from '../../../features/jobs/job-list.tsx';

export const metadata = { title: 'Jobs' };

export default function Page() {
  return <JobList />;
}
