/** "Something is wrong with this picture": a note to the moderators, without leaving the task. */

import { useRef, useState } from "preact/hooks";
import { Icon } from "../ui/icons";
import type { RoundSession } from "./session";

export function openFlag(): void {
  document.querySelector<HTMLDialogElement>("#flag")?.showModal();
}

export function FlagDialog({ session }: { session: RoundSession }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [comment, setComment] = useState("");
  const [sending, setSending] = useState(false);

  const send = async (event: Event): Promise<void> => {
    event.preventDefault();
    setSending(true);
    const sent = await session.flag(comment.trim());
    setSending(false);
    if (sent) {
      setComment("");
    }
    // Closed either way, so that the notice can be seen; what was written stays for another try.
    dialog.current?.close();
  };

  return (
    <dialog id="flag" class="sheet" ref={dialog} aria-labelledby="flag-title">
      <div class="sheet__head">
        <h2 id="flag-title">Report this picture</h2>
        <button type="button" class="button button--quiet" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      <form class="sheet__body stack" onSubmit={(event) => void send(event)}>
        <p>
          Is it broken, upside down, or does it show a name? Tell us, and a person will look. You can still answer it or
          skip it.
        </p>
        <div class="field">
          <label for="flag-comment">What is wrong? (optional)</label>
          <textarea
            id="flag-comment"
            rows={3}
            maxLength={500}
            value={comment}
            onInput={(event) => setComment(event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="button button--primary" disabled={sending}>
          Send
        </button>
      </form>
    </dialog>
  );
}
