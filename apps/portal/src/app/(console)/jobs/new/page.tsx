import { IfAllowed } from '../../../../features/shell/if-allowed.tsx';
import { NewJob } from '../../../../features/sql/new-job.tsx';

export const metadata = { title: 'New job' };

export default function Page() {
  return (
    <IfAllowed operation="jobs.create" back="/jobs">
      <NewJob />
    </IfAllowed>
  );
}
