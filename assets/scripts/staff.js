// The officers' desk: choosing rows for an action on many, and moving through a list by keyboard.
import { startRows } from "./rows.js";

startRows();
