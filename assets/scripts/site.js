// What pages do beyond HTML. Every page works without this file; nothing here holds a sentence of its own:
// words come from the page, in the reader's language.
import { startAutosave } from "./autosave.js";
import { startStillHere } from "./still_here.js";
import { startSlides } from "./slides.js";
import { startUploads } from "./upload.js";
import { startReports } from "./reports.js";

startReports();
startStillHere();
startAutosave();
startUploads();
startSlides();
