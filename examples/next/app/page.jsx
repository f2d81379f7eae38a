import { Ask } from './ask';

export default function Page() {
  return (
    <main>
      <h1>Ask a picture</h1>
      <Ask />
    </main>
  );
}
