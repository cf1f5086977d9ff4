import { NewJob } from '../../../../features/sql/new-job.tsx';

export const metadata = { title: 'New job' };

export default function Page() {
  return <NewJob />;
}
