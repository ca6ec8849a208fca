import type { Source } from "../core/ports.ts";
import { serviceExports } from "./service-exports.ts";
import { services } from "./services.ts";
import { virtualNodes } from "./virtual-nodes.ts";

/**
 * A row and a file a source, in the order of their precedence: where several claim one pod for one service, the first wins,
 * after the operator's own document.
 *
 * | source         | because                                              |
 * |----------------|------------------------------------------------------|
 * | services       | somebody annotated a Service for this tool           |
 * | virtualNodes   | a manifest of App Mesh's that lives on               |
 * | serviceExports | every export is claimed, whether or not it was meant |
 */
export const SOURCES: readonly Source[] = [services, virtualNodes, serviceExports];
