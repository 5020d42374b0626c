import type { Leaving } from '../../agent/agent-check-leave.ts';
import {
  type Agent,
  agentCheckAnswer,
  type ListenAt,
  type Listening,
  openAgentCheck,
  openProbe,
} from '../../agent/index.ts';

/** Where others can ask a running agent. */
export interface AgentListeners {
  /** For people: what is answered where. Empty if nothing is. */
  readonly said: string;
  close(): Promise<void>;
}

/** Listens where it was told to. Rejects if an address cannot be had, and leaves nothing open then. */
export const openListeners = async (
  agent: Agent,
  { probe, agentCheck }: { readonly probe: ListenAt | undefined; readonly agentCheck: ListenAt | undefined },
  leaving: Leaving,
): Promise<AgentListeners> => {
  const open: Listening[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(open.map((listener) => listener.close()));
  };
  const answer = (from: string) => leaving.answer(from) ?? agentCheckAnswer(agent.report().stats);
  let said = '';
  try {
    if (probe) {
      const listener = await openProbe(probe, () => agent.report());
      open.push(listener);
      said += `, telling at http://${listener.address}/v1/report`;
    }
    if (agentCheck) {
      const listener = await openAgentCheck(agentCheck, answer);
      open.push(listener);
      said += `, answering agent-checks at ${listener.address}`;
    }
    return { said, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
};
