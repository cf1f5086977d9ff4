import { TopicList } from '../../../features/topics/topic-list.tsx';

export const metadata = { title: 'Topics' };

export default function Page() {
  return <TopicList />;
}
