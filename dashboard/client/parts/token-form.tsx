import { useSignal } from '@preact/signals';
import { signIn } from '../live/session.ts';

/** Asks for a token where the proxy wants one. The browser keeps it in a cookie that no script can read. */
export const TokenForm = () => {
  const fault = useSignal('');
  const submit = async (form: HTMLFormElement): Promise<void> => {
    fault.value = (await signIn(String(new FormData(form).get('token') ?? '').trim())) ?? '';
  };
  return (
    <section class="card token" aria-label="Sign in">
      <form
        class="form"
        aria-label="Token"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(event.currentTarget);
        }}
      >
        <h2>This proxy wants a token</h2>
        <p class="dim">
          One of those in <code>adminAuth</code> of its configuration.
        </p>
        <label>
          Token
          <input name="token" type="password" required autocomplete="current-password" />
        </label>
        <p class="fault" role="alert">
          {fault}
        </p>
        <button type="submit" class="primary">
          Sign in
        </button>
      </form>
    </section>
  );
};
