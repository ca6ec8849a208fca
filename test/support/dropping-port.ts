import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

const LISTEN = `const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => process.send(server.address().port));`;
/** The kernel takes one or two more than the backlog says. */
const ENOUGH = 4;

/**
 * A port of loopback that drops what comes, as a security group does that admits nobody: whoever listens there is stopped, and as
 * many wait for it as may, so that the kernel answers no more connections.
 */
export async function openDroppingPort(): Promise<{ readonly port: number; readonly close: () => void }> {
  const listener = spawn(process.execPath, ["--eval", LISTEN], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const [port] = (await once(listener, "message")) as [number];
  listener.kill("SIGSTOP");
  const waiting: Socket[] = Array.from({ length: ENOUGH }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await sleep(50);
  return {
    port,
    close: () => {
      for (const socket of waiting) socket.destroy();
      listener.kill("SIGKILL");
    },
  };
}
