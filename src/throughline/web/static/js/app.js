// Starts each behaviour once; every one of them only improves a page that works without it.
import { startCopies } from "./copies.js";
import { startDialogs } from "./dialogs.js";
import { startDrafts } from "./drafts.js";
import { startKeys } from "./keys.js";
import { startLabelling } from "./labelling.js";
import { startLooks } from "./looks.js";
import { startMenus } from "./menus.js";
import { startPalette } from "./palette.js";
import { startRequests } from "./requests.js";
import { startRows } from "./rows.js";

startLooks();
startMenus();
startDialogs();
startDrafts();
startRequests();
startRows();
startPalette();
startLabelling();
startCopies();
startKeys();
