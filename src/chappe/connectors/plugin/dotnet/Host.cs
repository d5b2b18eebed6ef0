// The program of a .NET plug-in's process: a call in, the plug-in's method run, an answer out.
// Call: one octet (L, S, R, D), four octets of length, UTF-8. Answer: 0 returned or 1 raised, four octets, UTF-8.
// It knows nothing of the gateway. mcs Host.cs; mono Host.exe plugin.dll Type-or-empty Contract.dll
using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

public static class Host
{
    const string Interface = "MMP.MTA.SmsInterface.ISmsMessage";
    const int DeathSignal = 1;
    const int Kill = 9;

    [DllImport("libc", SetLastError = true)]
    static extern int dup(int descriptor);

    [DllImport("libc", SetLastError = true)]
    static extern int dup2(int from, int to);

    [DllImport("libc", SetLastError = true)]
    static extern IntPtr read(int descriptor, byte[] octets, IntPtr count);

    [DllImport("libc", SetLastError = true)]
    static extern IntPtr write(int descriptor, byte[] octets, IntPtr count);

    [DllImport("libc", SetLastError = true)]
    static extern int open(string path, int flags);

    [DllImport("libc", SetLastError = true)]
    static extern int prctl(int option, IntPtr a, IntPtr b, IntPtr c, IntPtr d);

    static readonly Encoding Utf8 = new UTF8Encoding(false);
    static int calls;
    static int answers;

    public static int Main(string[] arguments)
    {
        // A gateway that was killed must not leave one behind that goes on sending.
        prctl(DeathSignal, new IntPtr(Kill), IntPtr.Zero, IntPtr.Zero, IntPtr.Zero);
        // What a plug-in prints must not get among the answers, and what it reads must not be the calls.
        calls = dup(0);
        answers = dup(1);
        dup2(open("/dev/null", 0), 0);
        dup2(2, 1);
        Console.SetOut(Console.Error);
        object plugin;
        Type contract;
        try
        {
            AppDomain.CurrentDomain.AssemblyResolve += (sender, wanted) => Resolve(wanted.Name, arguments[0], arguments[2]);
            Type type = TypeOf(Assembly.LoadFrom(arguments[0]), arguments[1]);
            contract = type.GetInterfaces().First(each => each.FullName == Interface);
            plugin = Activator.CreateInstance(type);
        }
        catch (Exception error)
        {
            Answer(1, Sentence(error));
            return 0;
        }
        var login = Method<Func<string, string>>(contract, plugin, "Login");
        var send = Method<Func<string, string>>(contract, plugin, "Send");
        var report = Method<Func<string, string>>(contract, plugin, "Report");
        var destroy = Method<Action>(contract, plugin, "Destroy");
        Answer(0, ".NET " + Environment.Version);
        byte[] head = new byte[5];
        while (Fill(head))
        {
            byte[] text = new byte[(head[1] << 24) | (head[2] << 16) | (head[3] << 8) | head[4]];
            if (!Fill(text))
                return 0;
            try
            {
                string given = Utf8.GetString(text);
                switch ((char)head[0])
                {
                    case 'L':
                        Answer(0, login(given));
                        break;
                    case 'S':
                        Answer(0, send(given));
                        break;
                    case 'R':
                        Answer(0, report(given));
                        break;
                    default:
                        destroy();
                        Answer(0, "");
                        return 0;
                }
            }
            catch (Exception error)
            {
                Answer(1, Sentence(error));
                if (head[0] == (byte)'D')
                    return 0;
            }
        }
        return 0;
    }

    static T Method<T>(Type contract, object plugin, string name)
    {
        // By the interface, so that methods which implement it explicitly are found as well.
        return (T)(object)Delegate.CreateDelegate(typeof(T), plugin, contract.GetMethod(name));
    }

    static Type TypeOf(Assembly assembly, string named)
    {
        Type[] found = TypesOf(assembly)
            .Where(each => each.IsClass && !each.IsAbstract && each.GetInterfaces().Any(one => one.FullName == Interface))
            .Where(each => named == "" || each.FullName == named || each.Name == named)
            .ToArray();
        if (found.Length == 1)
            return found[0];
        string which = named == "" ? "class" : "class " + named;
        throw new TypeLoadException(
            found.Length == 0
                ? "no " + which + " in it implements " + Interface
                : "several classes in it implement " + Interface + ": name one behind the file");
    }

    static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException error)
        {
            if (error.Types.Any(each => each != null))
                return error.Types.Where(each => each != null).ToArray();
            throw error.LoaderExceptions.FirstOrDefault() ?? error;
        }
    }

    static Assembly Resolve(string name, string plugin, string contract)
    {
        string beside = Path.Combine(
            Path.GetDirectoryName(Path.GetFullPath(plugin)), new AssemblyName(name).Name + ".dll");
        if (File.Exists(beside))
            return Assembly.LoadFrom(beside);
        // The maker's own interface assembly is not there: ours has the same types by the same names.
        return name.StartsWith("System") || name.StartsWith("mscorlib") || name.StartsWith("netstandard")
            || name.Contains(".resources,")
            ? null
            : Assembly.LoadFrom(contract);
    }

    static string Sentence(Exception error)
    {
        while (error is TargetInvocationException && error.InnerException != null)
            error = error.InnerException;
        return error.GetType().Name + ": " + error.Message;
    }

    static bool Fill(byte[] octets)
    {
        int at = 0;
        byte[] some = new byte[Math.Min(octets.Length, 1 << 16)];
        while (at < octets.Length)
        {
            int got = (int)read(calls, some, new IntPtr(Math.Min(some.Length, octets.Length - at)));
            if (got < 0 && Marshal.GetLastWin32Error() == 4)
                continue;
            if (got <= 0)
                return false;
            Buffer.BlockCopy(some, 0, octets, at, got);
            at += got;
        }
        return true;
    }

    static void Answer(byte mark, string said)
    {
        byte[] text = Utf8.GetBytes(said ?? "");
        byte[] whole = new byte[5 + text.Length];
        whole[0] = mark;
        for (int place = 0; place < 4; place++)
            whole[1 + place] = (byte)(text.Length >> (24 - 8 * place));
        Buffer.BlockCopy(text, 0, whole, 5, text.Length);
        int at = 0;
        while (at < whole.Length)
        {
            byte[] rest = at == 0 ? whole : whole.Skip(at).ToArray();
            int put = (int)write(answers, rest, new IntPtr(rest.Length));
            if (put < 0 && Marshal.GetLastWin32Error() == 4)
                continue;
            if (put <= 0)
                Environment.Exit(1);
            at += put;
        }
    }
}
