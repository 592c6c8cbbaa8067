// A host program in OpenCL, as the vendor's examples have it: an out-of-order queue with events.
// usage: opencl XCLBIN KERNEL INPUT OUTPUT INPUT_BYTES OUTPUT_BYTES   (bytes of an event)
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

static void check(cl_int code, const char* what) {
    if (code != CL_SUCCESS) {
        std::fprintf(stderr, "%s: %d\n", what, code);
        std::exit(1);
    }
}

static std::string contents(const char* name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

static cl_device_id first_device() {
    cl_platform_id platforms[8];
    cl_uint count = 0;
    check(clGetPlatformIDs(8, platforms, &count), "platforms");
    for (cl_uint k = 0; k < count; k++) {
        char vendor[64] = {};
        clGetPlatformInfo(platforms[k], CL_PLATFORM_VENDOR, sizeof vendor, vendor, nullptr);
        cl_device_id device = nullptr;
        if (std::strcmp(vendor, "Xilinx") == 0) {
            check(clGetDeviceIDs(platforms[k], CL_DEVICE_TYPE_ACCELERATOR, 1, &device, nullptr), "devices");
            return device;
        }
    }
    std::fprintf(stderr, "no Xilinx platform\n");
    std::exit(1);
}

int main(int, char** argv) {
    cl_device_id device = first_device();
    const std::string binary = contents(argv[1]), input = contents(argv[3]);
    const cl_uint events = cl_uint(input.size() / std::atoi(argv[5]));
    std::string output(events * std::atoi(argv[6]), '\0');
    cl_int code = 0;
    cl_context context = clCreateContext(nullptr, 1, &device, nullptr, nullptr, &code);
    check(code, "context");
    cl_command_queue queue = clCreateCommandQueue(context, device, CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, &code);
    check(code, "queue");
    const auto* data = reinterpret_cast<const unsigned char*>(binary.data());
    const size_t size = binary.size();
    cl_program program = clCreateProgramWithBinary(context, 1, &device, &size, &data, nullptr, &code);
    check(code, "program");
    cl_kernel kernel = clCreateKernel(program, argv[2], &code);
    check(code, "kernel");
    cl_mem in = clCreateBuffer(context, CL_MEM_READ_ONLY, input.size(), nullptr, &code);
    check(code, "input buffer");
    cl_mem out = clCreateBuffer(context, CL_MEM_WRITE_ONLY, output.size(), nullptr, &code);
    check(code, "output buffer");
    check(clSetKernelArg(kernel, 0, sizeof in, &in), "argument 0");
    check(clSetKernelArg(kernel, 1, sizeof out, &out), "argument 1");
    check(clSetKernelArg(kernel, 2, sizeof events, &events), "argument 2");
    cl_event written, ran;
    check(clEnqueueWriteBuffer(queue, in, CL_FALSE, 0, input.size(), input.data(), 0, nullptr, &written), "write");
    check(clEnqueueTask(queue, kernel, 1, &written, &ran), "task");
    check(clEnqueueReadBuffer(queue, out, CL_TRUE, 0, output.size(), &output[0], 1, &ran, nullptr), "read");
    std::ofstream(argv[4], std::ios::binary) << output;
    clReleaseMemObject(in);
    clReleaseMemObject(out);
    clReleaseKernel(kernel);
    clReleaseProgram(program);
    clReleaseCommandQueue(queue);
    clReleaseContext(context);
}
