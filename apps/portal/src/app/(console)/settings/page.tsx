import { Settings } from '../../../features/account/settings.tsx';

export const metadata = { title: 'Settings' };

export default function Page() {
  return <Settings />;
}
