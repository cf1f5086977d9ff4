import { NodeList } from '../../../features/queues/node-list.tsx';

export const metadata = { title: 'Nodes' };

export default function Page() {
  return <NodeList />;
}
