// Judges PDF files with veraPDF's engine: one line a file and standard, "ok" or the rules that it breaks.
// java -cp JARS Judge.java FLAVOUR[,FLAVOUR] FILE...
import java.io.FileInputStream;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

public class Judge {
  public static void main(String[] given) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    for (int at = 1; at < given.length; at++) {
      for (String name : given[0].split(",")) {
        System.out.println(given[at] + "\t" + name + "\t" + judged(given[at], PDFAFlavour.byFlavourId(name)));
      }
    }
  }

  static String judged(String file, PDFAFlavour flavour) throws Exception {
    try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour)) {
      ValidationResult result = Foundries.defaultInstance().createValidator(flavour, false).validate(parser);
      TreeSet<String> broken = new TreeSet<>();
      for (TestAssertion one : result.getTestAssertions()) {
        if (one.getStatus() == TestAssertion.Status.FAILED) {
          broken.add(one.getRuleId().getClause() + " " + one.getMessage());
        }
      }
      return result.isCompliant() ? "ok" : String.join("; ", broken);
    }
  }
}
