using Mhim.Features;
using Mhim.Mil.Cohorts;

namespace Mhim.Mil.Tests.Cohorts;

/// <summary>Whose a row is, and which slides are its.</summary>
public sealed class PatientsAndSlidesTests : LabelTables
{
    [Fact]
    public void Two_files_that_would_be_one_slide_are_told()
    {
        var told = Read("case_id,slide_id,label\nA,x/1.svs,a\nA,y/1.svs,a\nB,2.svs,b\nB,2.svs,b\n").Describe();
        Assert.Contains("x/1.svs, y/1.svs are taken for one slide, `1`", told);
        Assert.DoesNotContain("`2`", told);
    }

    [Fact]
    public void A_name_is_the_id_that_it_spells_where_there_are_features_of_it()
    {
        string[] Ids(string rows, params string[] features) => [.. Read("case_id,slide_id,label\n" + rows, new() { HasFeatures = features.Contains }).SlideIds];
        Assert.Equal(["a/x", "b/x", "z.svs", "z.tif"], Ids("A,a/x,p\nB,b/x.svs,q\nC,z.svs,p\nD,z.tif,q\n", "a/x", "b/x", "z.svs", "z.tif", "x", "z"));
        Assert.Equal(["a/x", "b/x"], Ids("A,/scans/a/x.svs,p\nB,C:\\scans\\b\\x.svs,q\n", "a/x", "b/x"));
        Assert.Equal(["b/z", "z"], Ids("A,b/z.svs,p\nB,z.tif,q\n", "b/z", "z"));
        Assert.Equal(["x", "y"], Ids("A,scans/x.svs,p\nB,y.h5,q\n", "x", "y"));
        Assert.Equal(["x", "y"], Ids("A,scans/x.svs,p\nB,y.h5,q\n"));
        // Without any features two slides stay two, of two patients.
        Assert.Equal(["a/x.svs", "b/x.svs"], Ids("A,a/x.svs,p\nB,b/x.svs,q\n"));
        Assert.Equal(["a/x", "b/x"], Read("PATIENT,label\nA,p\nB,q\n", new() { SlideTable = Slides("PATIENT,FILENAME\nA,a/x.svs\nB,b/x.svs\n"), HasFeatures = name => name.Contains('/') && !name.Contains('.') }).SlideIds);
        Assert.Equal(["a/x", "b/x", "a/y"], Read("a/x.svs,p\nb/x.svs,q\na/y.svs,p\n", new() { HasFeatures = name => name is "a/x" or "b/x" or "a/y" }).SlideIds);
    }

    [Theory]
    [InlineData("S1.ome.tif", "S1.ome", "S1.ome")]              // as extract, TRIDENT and an upload call it
    [InlineData("a/S1.OME.TIFF", "a/S1.OME", "a/S1.OME,S1")]
    [InlineData("scans/S1.ome.tif", "S1.ome", "S1.ome,S1")]
    [InlineData("S1.ome", "S1.ome", "S1.ome,S1")]
    [InlineData("S1.ome.tif", "S1", "S1")]                       // as other tools call it
    [InlineData("S1.ome.tif", "S1.ome.tif", "S1.ome.tif,S1.ome")] // told apart from S1.ome.svs
    [InlineData("S1.tif", "S1", "S1.ome,S1")]
    [InlineData("S1.ome.tif", "S1.ome", "")]
    [InlineData("S1.ome.tif", "S1.ome", null)]
    public void A_slide_of_two_extensions_is_called_as_its_features_are(string name, string id, string? features)
    {
        var options = features is null ? null : new CohortOptions { HasFeatures = features.Split(',').Contains };
        Assert.Equal([id, "other"], Read($"case_id,slide_id,label\nA,{name},p\nB,other.svs,q\n", options).SlideIds);
    }

    [Theory]
    [InlineData("S1.ome.tif", "S1.tif", "S1")]
    [InlineData("a/S1.ome.tif", "b/S1.ome.tif", "S1.ome")]
    [InlineData("a/x.svs", "b/x.svs", "x")]        // left over from a run over one folder
    [InlineData("a/x.svs", "b/x.svs", "x,a/x")]    // b/x could not be extracted
    [InlineData("z.svs", "z.tif", "z")]
    public void Features_that_could_be_of_either_of_two_slides_are_of_none(string one, string other, string features)
    {
        var refused = Refuses("cohort-ambiguous", $"case_id,slide_id,label\nA,{one},p\nA,{other},p\nB,c,q\n", new() { HasFeatures = features.Split(',').Contains });
        Assert.Contains(one, refused.Message);
        Assert.Contains(other, refused.Message);
    }

    [Fact]
    public void Slides_whose_names_differ_in_the_first_of_two_extensions_are_two() => Assert.Equal(["S1.ome", "S1"],
        Read("case_id,slide_id,label\nA,a/S1.ome.tif,p\nB,a/S1.tif,q\n", new() { HasFeatures = name => name is "S1.ome" or "S1" }).SlideIds);

    [Fact]
    public void Patients_of_whom_a_slide_table_knows_nothing_are_told()
    {
        var slides = Slides("PATIENT,FILENAME\nP1,s1.h5\nP2,s2.h5\n");
        var options = new CohortOptions { SlideTable = slides, LabelColumn = "grade" };
        var cohort = Read("PATIENT,grade\nP1,low\nP2,high\np3,high\n", options);
        Assert.Equal(2, cohort.Rows.Count);
        Assert.Contains("1 patient has no slide in `slides.csv` and was left out: p3", cohort.Describe());
        Assert.Contains("p1", Refuses("cohort-contradiction", "PATIENT,grade\np1,low\np2,high\n", options).Message);
    }

    [Fact]
    public void Cases_have_the_slides_that_a_training_would_give_them_with_no_regard_to_labels()
    {
        const string rows = "A,y.svs,3,1\nB,a/x.svs;b/x.svs,4,0\nA,w.svs,3,1\nA,y.svs,3,1\n";
        bool Has(string slide) => slide is "a/x" or "b/x";
        var cohort = Read("case_id,slide_id,time,event\n" + rows, new() { HasFeatures = Has });
        string[] Of(string table) => [.. CaseTable.Read(Slides(table), new() { HasFeatures = Has }).Rows.Select(row => $"{row.Id}: {string.Join(' ', row.SlideIds)}")];
        Assert.Equal(["A: y w", "B: a/x b/x"], Of("case_id,slide_id,time,event\n" + rows));
        Assert.Equal(cohort.Rows.Select(row => $"{row.Id}: {string.Join(' ', row.SlideIds)}"), Of("case_id,slide_id,time,event\n" + rows));
        Assert.Equal(["A: y w", "B: a/x"], Of("\uFEFFPATIENT\tFILENAME\nA\ty.svs\nA\tw\nB\ta/x\n"));
        Assert.Equal((BagPer.Patient, BagPer.Slide), (cohort.BagPer, Read("case_id,slide_id,label\nA,x,p\nB,y,q\n").BagPer));
        foreach (var nobody in (string[])["slide_id,label\nx,1\n", "case_id,label\nA,1\n", "x,1\ny,0\n", "case_id,slide_id\n"])
            Assert.StartsWith("cohort-", Assert.Throws<InputException>(() => Of(nobody)).Code);
        Assert.Contains("--patient-column", Assert.Throws<InputException>(() => Of("slide_id,label\nx,1\n")).Message);
    }

    [Fact]
    public void Two_columns_that_could_be_the_patient_and_group_rows_otherwise_are_asked_about()
    {
        const string Table = "case_id,patient_id,slide_id,label\nC1,P1,a,0\nC2,P1,b,1\nC3,P2,c,0\n";
        var refused = Refuses("cohort-ambiguous", Table).Message;
        Assert.Contains("`patient_id` P1 has both C1 and C2 in `case_id`", refused);
        Assert.Contains("--patient-column", refused);
        Refuses("cohort-ambiguous", Table.Replace("case_id,patient_id", "patient_id,case_id"));
        Assert.Equal(["P1", "P2"], Read(Table, new() { PatientColumn = "patient_id" }).Patients);
        Assert.Equal(3, Read(Table, new() { PatientColumn = "case_id" }).Patients.Count);
        // Two names for the same patients, or one that is not always given, are no question.
        Assert.Equal(["C1", "C3"], Read("case_id,patient_id,slide_id,label\nC1,P1,a,0\nC1,NA,b,1\nC3,P2,c,0\n").Patients);
    }

    [Fact]
    public void The_patients_column_is_told_before_training()
    {
        Assert.Contains("slides from `slide_id`, patients from `case_id`, classes from `label`.", Read("case_id,slide_id,label\nA,a,0\nB,b,1\n").Describe());
        Assert.Contains("slides from `wsi`, patients from `Patient`, time from `time`.", Read("Patient,wsi,time,event\nA,a,1,1\nB,b,2,0\n").Describe());
    }

    [Fact]
    public void Slides_of_one_row_are_of_one_patient_though_nobody_names_it()
    {
        var survival = Read("wsi,time,event\na;b,10,1\nc,20,0\n");
        Assert.Equal(["a", "b"], survival.Rows[0].SlideIds);
        Assert.Equal(2, survival.Rows.Count);
        Assert.Contains("every row counts as a patient of its own", survival.Describe());
        Assert.Equal(["a", "c"], Read("wsi,label\na;b,1\nc,0\n").Patients);
        Assert.Equal(["7", "8"], Read("ID,wsi,label\n7,a;b,1\n8,c,0\n7,d,1\n").Patients);
        Assert.Contains("every `ID` counts as a patient of its own", Read("ID,wsi,label\n7,a;b,1\n8,c,0\n").Describe());
    }

    [Theory]
    [InlineData("NA")]
    [InlineData("nan")]
    [InlineData("?")]
    public void Words_for_nothing_name_neither_patient_nor_slide(string nothing)
    {
        Assert.Contains("row 2 names no patient", Refuses("cohort-bad-value", $"case_id,slide_id,label\n{nothing},a,0\nB,b,1\n").Message);
        Assert.Contains("row 3 names no slide", Refuses("cohort-bad-value", $"case_id,slide_id,label\nA,a,0\nB,{nothing},1\n").Message);
        Assert.Contains("row 1 names no slide", Refuses("cohort-bad-value", $"{nothing},1\nb,0\nc,1\n").Message);
        Assert.Equal(["a", "b"], Read($"case_id,slide_id,label\nA,a;{nothing},0\nB,b,1\n").SlideIds);
    }

    [Fact]
    public void Ids_are_patients_where_a_second_table_has_their_slides()
    {
        var slides = Slides("PATIENT,FILENAME\nP1,a1.h5\nP1,a2.h5\nP2,b.h5\nP3,NA\n");
        var cohort = Read("id,label\nP1,low\nP2,high\nP3,high\n", new() { SlideTable = slides });
        Assert.Equal(["a1", "a2", "b"], cohort.SlideIds);
        Assert.Equal(["P1", "P2"], cohort.Patients);
        Assert.Contains("1 patient has no slide in `slides.csv` and was left out: P3", cohort.Describe());
        Assert.Contains("no header", Refuses("cohort-ambiguous", "P1,low\nP2,high\nP3,low\n", new() { SlideTable = slides }).Message);
        Assert.Contains("`slides.csv` was not read", Read("case_id,slide_id,label\nP1,a,0\nP2,b,1\n", new() { SlideTable = slides }).Describe());
    }

    [Fact]
    public void Two_tables_meet_in_the_patient_column_that_both_have()
    {
        var slides = Slides("case_id,patient_id,filename\nC1,P1,a1.h5\nC2,P1,a2.h5\nC3,P2,b.h5\n");
        Assert.Equal(["a1", "a2", "b"], Read("patient_id,label\nP1,0\nP2,1\n", new() { SlideTable = slides }).SlideIds);
    }
}
