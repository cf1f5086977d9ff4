import { SignIn } from '../../../features/account/sign-in.tsx';

export const metadata = { title: 'Sign in' };

export default function Page() {
  return <SignIn />;
}
