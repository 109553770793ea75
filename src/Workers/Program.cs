using Mhim.Workers.Commands;

return await CommandLine.RunAsync(args);
