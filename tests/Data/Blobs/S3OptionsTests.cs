using Mhim.Data.Blobs.S3;
using Mhim.Data.Settings;
using Microsoft.Extensions.Configuration;

namespace Mhim.Data.Tests.Blobs;

public sealed class S3OptionsTests
{
    static S3Options? Read(params (string Name, string Value)[] settings) =>
        S3Options.From(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create($"Mhim:S3:{s.Name}", (string?)s.Value))).Build());

    [Fact]
    public void Without_a_bucket_the_folder_holds_the_blobs()
    {
        Assert.Null(Read());
        Assert.Null(Read(("Bucket", "")));
    }

    [Fact]
    public void Another_store_than_AWS_is_named_by_its_address_and_takes_the_bucket_in_the_path()
    {
        var options = Read(("Bucket", "slides"), ("ServiceUrl", "http://127.0.0.1:9000"), ("Prefix", "mhim/"), ("CacheBytes", "1000"), ("AccessKey", "a"), ("SecretKey", "s"), ("SecretKey_FILE", "/run/secrets/s"))!;
        Assert.Equal(("slides", "http://127.0.0.1:9000", "mhim", true, 1000L), (options.Bucket, options.ServiceUrl, options.Prefix, options.ForcePathStyle, options.CacheBytes));
        Assert.False(Read(("Bucket", "slides"), ("Region", "eu-central-1"))!.ForcePathStyle);
    }

    [Fact]
    public void A_child_process_reads_what_its_parent_was_told()
    {
        var options = new S3Options("slides") { ServiceUrl = "http://127.0.0.1:9000", Region = "r", Prefix = "p", ForcePathStyle = true, CacheBytes = 7, WaitSeconds = 0.5, AccessKey = "a", SecretKey = "s" };
        Assert.Equal(options, Read([.. S3Options.Variables(options).Select(v => (v.Name.Replace("Mhim__S3__", ""), v.Value!))]));
        Assert.All(S3Options.Variables(null), v => Assert.Null(v.Value));
    }

    [Theory]
    [InlineData("Bucket", "Region", "eu-central-1")]
    [InlineData("Bucket", "Bucket", "No Bucket")]
    [InlineData("ServiceUrl", "Bucket", "slides", "ServiceUrl", "minio:9000")]
    [InlineData("Prefix", "Bucket", "slides", "Region", "r", "Prefix", "../x")]
    [InlineData("ForcePathStyle", "Bucket", "slides", "Region", "r", "ForcePathStyle", "maybe")]
    [InlineData("CacheBytes", "Bucket", "slides", "Region", "r", "CacheBytes", "0")]
    [InlineData("CacheBytes", "Bucket", "slides", "Region", "r", "CacheBytes", "10 GB")]
    [InlineData("WaitSeconds", "Bucket", "slides", "Region", "r", "WaitSeconds", "-1")]
    [InlineData("SecretKey", "Bucket", "slides", "Region", "r", "AccessKey", "a")]
    [InlineData("AccessKey", "Bucket", "slides", "Region", "r", "SecretKey", "s")]
    [InlineData("Buckt", "Buckt", "slides")]
    public void A_wrong_setting_is_one_sentence_that_names_it(string named, params string[] given)
    {
        var e = Assert.Throws<SettingException>(() => Read([.. given.Chunk(2).Select(pair => (pair[0], pair[1]))]));
        Assert.StartsWith($"The setting 'Mhim:S3:{named}' ", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }
}
