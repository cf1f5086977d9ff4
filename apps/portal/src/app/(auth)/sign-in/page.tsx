import { SignIn } from '../../../features/account/sign-in.tsx';

export const metadata = { title: 'Sign in' };

interface PageProps {
  readonly searchParams: Promise<Readonly<Record<string, string | readonly string[] | undefined>>>;
}

export default async function Page({ searchParams }: PageProps) {
  const { next } = await searchParams;
  return <SignIn next={typeof next === 'string' ? next : undefined} />;
}
