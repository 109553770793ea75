using Mhim.Data.Settings;
using Microsoft.Extensions.Configuration;

namespace Mhim.Data.Tests.Settings;

public sealed class SecretFilesTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-secrets-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string Write(string name, string content)
    {
        File.WriteAllText(Path.Combine(folder, name), content);
        return Path.Combine(folder, name);
    }

    Dictionary<string, string?> Read(params (string Name, string Value)[] environment) =>
        SecretFiles.Read([KeyValuePair.Create("MHIM_SECRETS", (string?)folder), .. environment.Select(pair => KeyValuePair.Create(pair.Name, (string?)pair.Value))]);

    [Fact]
    public void A_setting_may_be_the_content_of_a_file_without_the_line_break_at_its_end() =>
        Assert.Equal("s3cret", Read(("Mhim__Postgres__Password_FILE", Write("p", "s3cret\n")))["Mhim:Postgres:Password"]);

    [Fact]
    public void A_file_in_the_folder_of_secrets_is_the_setting_of_its_name_and_other_files_are_not_ours()
    {
        Write("Mhim__Auth__Oidc__Authority", "https://login.example.org");
        Write("tls.key", "not ours");
        var found = Read();
        Assert.Equal("https://login.example.org", found["Mhim:Auth:Oidc:Authority"]);
        Assert.Single(found);
    }

    [Fact]
    public void What_the_environment_says_itself_goes_first()
    {
        Write("Mhim__Data", "from a file");
        Assert.Empty(Read(("Mhim__Data", "/data"), ("Mhim__Data_FILE", "/nowhere")));
    }

    [Fact]
    public void A_file_that_the_environment_names_goes_before_one_in_the_folder()
    {
        Write("Mhim__Data", "from the folder");
        Assert.Equal("from the file", Read(("Mhim__Data_FILE", Write("named", "from the file")))["Mhim:Data"]);
    }

    [Fact]
    public void Files_go_before_what_was_added_earlier_and_the_environment_before_files()
    {
        // The order of the process: appsettings, environment, files.
        var (own, free) = ($"MhimTest{Guid.NewGuid():N}__Own", $"MhimTest{Guid.NewGuid():N}__Free");
        Environment.SetEnvironmentVariable(own, "environment");
        Environment.SetEnvironmentVariable($"{own}_FILE", Write("own", "file"));
        Environment.SetEnvironmentVariable($"{free}_FILE", Write("free", "file"));
        try
        {
            var settings = new ConfigurationBuilder()
                .AddInMemoryCollection([new(own.Replace("__", ":"), "built in"), new(free.Replace("__", ":"), "built in")])
                .AddEnvironmentVariables().AddSecretFiles().Build();
            Assert.Equal(("environment", "file"), (settings[own.Replace("__", ":")], settings[free.Replace("__", ":")]));
        }
        finally
        {
            foreach (var name in (string[])[own, $"{own}_FILE", $"{free}_FILE"])
                Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public void Names_that_differ_in_case_alone_may_stand_beside_each_other() =>
        Assert.Equal("s3cret", Read(("http_proxy", "http://proxy:3128"), ("HTTP_PROXY", "http://proxy:3128"), ("Mhim__Postgres__Password_FILE", Write("p", "s3cret")))["Mhim:Postgres:Password"]);

    [Fact]
    public void A_file_that_is_not_there_is_named_with_its_setting()
    {
        var e = Assert.Throws<SecretFileException>(() => Read(("Mhim__Postgres__Password_FILE", "/nowhere/p")));
        Assert.Contains("Mhim__Postgres__Password_FILE", e.Message);
        Assert.Contains("/nowhere/p", e.Message);
    }

    [Theory]
    [InlineData("Host=db;Username=mhim", "Password=s3cret")]
    [InlineData("Host=db;Username=mhim;Password=own", "Password=own")]
    public void The_password_joins_a_connection_string_that_has_none(string connection, string expected) =>
        Assert.Contains(expected, DataOptions.From(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:Postgres"] = connection, ["Mhim:Postgres:Password"] = "s3cret",
        }).Build()).Postgres);

    [Theory]
    [InlineData("postgresql://mhim:s3cret@db/mhim")]
    [InlineData("Host=db;Prot=5432;Password=s3cret")]
    [InlineData("Host=db;Port=s3cret")]
    public void A_connection_string_that_is_none_is_one_sentence_without_the_password(string connection)
    {
        var e = Assert.Throws<SettingException>(() => DataOptions.From(new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:Postgres", connection)]).Build()));
        Assert.Contains("ConnectionStrings:Postgres", e.Message);
        Assert.Contains("Host=", e.Message);
        Assert.DoesNotContain("s3cret", e.Message);
    }
}
