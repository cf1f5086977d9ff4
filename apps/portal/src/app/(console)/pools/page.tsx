import { PoolTree } from '../../../features/queues/pool-tree.tsx';

export const metadata = { title: 'Pools' };

export default function Page() {
  return <PoolTree />;
}
