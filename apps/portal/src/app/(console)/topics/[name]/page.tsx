import { TopicPage } from '../../../../features/topics/topic-page.tsx';

export const metadata = { title: 'Topic' };

export default async function Page({ params }: { readonly params: Promise<{ name: string }> }) {
  return <TopicPage name={decodeURIComponent((await params).name)} />;
}
